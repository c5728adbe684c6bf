"""The command `winnow`."""

from cleaners.cli import main

if __name__ == "__main__":
    main()
