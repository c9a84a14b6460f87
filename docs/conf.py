"""Sphinx configuration. Pages are MyST; some are made from code, and a test compares them with it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

project = "alpr-core"
author = "the alpr-core authors"
project_copyright = "2026, the alpr-core authors"
release = re.search(r'__version__ = "([^"]+)"', (ROOT / "alpr_core" / "__init__.py").read_text()).group(1)

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"alpr-core {release}"
