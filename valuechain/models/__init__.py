"""Models: frozen parameter classes and one run each."""
