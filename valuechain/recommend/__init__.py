"""Which new partners would help: candidates, what each is worth, which set to choose. One question a file."""
