"""The entry point of the `hark` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    from agent.cli import run

    run()


if __name__ == "__main__":
    main()
