"""`python -m backend` is `tinhs`."""

from backend.host.cli import main

if __name__ == "__main__":
    main(prog_name="tinhs")
