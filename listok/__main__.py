"""`python -m listok` is the same as the command `listok`."""

from listok.cli import main

if __name__ == "__main__":
    main()
