"""Run the command line from a checkout: ``python cli.py diagnose eu_battery``. Not installed."""

from valuechain.cli import main

if __name__ == "__main__":
    main()
