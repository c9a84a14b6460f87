"""``python -m alpr_core.entries``: write both generated files into the checkout that this module stands in."""

from pathlib import Path

from alpr_core.entries import catalogue_json, entries_page

root = Path(__file__).parents[2]
(root / "ledger" / "alpr_ledger" / "catalogue.json").write_text(catalogue_json(), encoding="utf-8")
(root / "docs" / "entries.md").write_text(entries_page(), encoding="utf-8")
