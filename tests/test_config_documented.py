"""docs/config.md: every setting, with its default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from alpr_core import config
from alpr_core.config.settings import Settings


def sections() -> dict[str, type[BaseModel]]:
    """Each heading that docs/config.md must have, with the model of its keys."""
    found = {}
    for name, field in Settings.model_fields.items():
        repeated = get_args(field.annotation)
        model = repeated[0] if repeated else field.annotation
        found[f"[[{name}]]" if repeated else f"[{name}]"] = model
        for key, inner in model.model_fields.items():
            for part in get_args(inner.annotation) if get_origin(inner.annotation) is list else ():
                if isinstance(part, type) and issubclass(part, BaseModel):
                    found[f"[[{name}.{key}]]"] = part
    return found


PAGE = (Path(__file__).resolve().parents[1] / "docs" / "config.md").read_text()
DOCUMENTED = {
    heading: dict(re.findall(r"^\| `(\w+)` *\| (.*?) *\|", body, re.MULTILINE))
    for heading, body in re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}


def test_every_section_is_documented_in_its_order() -> None:
    assert list(DOCUMENTED) == list(sections())


@pytest.mark.parametrize("heading", sections())
def test_every_setting_is_documented_with_its_default(heading: str) -> None:
    fields = sections()[heading].model_fields
    assert list(DOCUMENTED[heading]) == list(fields)
    for name, field in fields.items():
        assert field.description, f"{heading} {name} has no description"
        default = DOCUMENTED[heading][name]
        if field.default is PydanticUndefined:
            assert default == "required"
        elif field.default is not None:
            assert default == f"`{config.file._toml(field.default)}`"  # type: ignore[attr-defined]


def test_the_example_in_the_documentation_is_a_whole_config(tmp_path: Path) -> None:
    (whole,) = re.findall(r"```toml\n(\[node\].*?)```", PAGE, re.DOTALL)
    (tmp_path / "alpr.toml").write_text(whole)
    assert config.load(tmp_path).node.name == "medford-server"
