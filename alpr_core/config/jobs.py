"""``[jobs]``: on whose authority a node's jobs act, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field, field_validator

from alpr_core.config.section import Section
from alpr_core.periods import Period


class PluginJobSection(Section):
    """``[[jobs.plugin]]``."""

    use: str = Field(description="A job of a plugin.")
    options: dict[str, Any] = Field(default={}, description="That job's own.")


class JobsSection(Section):
    """``[jobs]``."""

    by: str | None = Field(
        default=None, description="Badge number of the person on whose authority jobs act."
    )
    by_job: dict[str, str] = Field(
        default={}, description="The same for single jobs, which need the rights of another role."
    )
    every: dict[str, str] = Field(
        default={}, description="How often single jobs run instead: a period such as `PT30M` or `P1D`."
    )
    plugin: list[PluginJobSection] = Field(default=[], description="Jobs of plugins: the sections below.")

    @field_validator("every")
    @classmethod
    def _periods(cls, every: dict[str, str]) -> dict[str, str]:
        for job, text in every.items():
            if Period.parse(text).months:
                raise ValueError(
                    f"{job}: months are of different length; write weeks, days, hours or minutes"
                )
        return every

    @field_validator("plugin")
    @classmethod
    def _once_each(cls, sections: list[PluginJobSection]) -> list[PluginJobSection]:
        names = [section.use for section in sections]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(map(repr, twice))} stands there twice")
        return sections

    def answers(self, job: str) -> str | None:
        """Return the badge number of the person on whose authority a job acts; None where nobody is named."""
        return self.by_job.get(job, self.by)

    def interval(self, job: str, usual: timedelta) -> timedelta:
        """Return how often a job runs."""
        return Period.parse(self.every[job]).usual if job in self.every else usual
