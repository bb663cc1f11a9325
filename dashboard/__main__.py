"""Streamlit's command line, with the pages imported while its server starts, so that the first page comes sooner."""

from __future__ import annotations

import importlib
import threading

from streamlit.web.cli import main

if __name__ == "__main__":
    threading.Thread(target=importlib.import_module, args=("dashboard.pages",), name="warm", daemon=True).start()
    main(prog_name="dashboard")
