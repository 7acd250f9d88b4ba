"""`python -m talos_gpu`."""

from talos_gpu.cli import main

if __name__ == "__main__":
    main()
