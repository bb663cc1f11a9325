"""``python -m greendc`` is the console script ``greendc``."""

from greendc.cli import main

if __name__ == "__main__":
    main()
