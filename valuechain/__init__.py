"""Where a value chain would break, what a disruption would do to it, and which new partners would help."""
