"""Which jobs a node has: ours, and those of plugins that alpr.toml names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alpr_core.errors import ConfigError
from alpr_core.problems import suggestion
from alpr_core.scheduler.builtin import built_in
from alpr_core.scheduler.job import Job

if TYPE_CHECKING:
    from alpr_core.config import Settings
    from alpr_core.plugins import PluginHost


def jobs_of(settings: Settings, host: PluginHost) -> tuple[Job, ...]:
    """Return a node's jobs, each with the interval that its settings give it.

    Raises:
        ConfigError: with everything that is wrong with ``[jobs]``.
        PluginError: a plugin's job cannot be had.
    """
    ours = built_in(settings, host)
    names = {job.name for job in ours}
    jobs, problems = list(ours), []
    for number, section in enumerate(settings.jobs.plugin, start=1):
        if section.use in names:
            problems.append(f"[[jobs.plugin]] {number}: {section.use!r} is one of our own jobs")
            continue
        made = host.job(section.use, section.options, folder=settings.folder)
        try:
            says = host.job_says(section.use)
            jobs.append(Job(name=section.use, every=made.every, run=made.run, says=says))
        except (TypeError, ValueError) as error:
            problems.append(f"[[jobs.plugin]] {number}: {error}")
    known = {job.name for job in jobs}
    sources = {one.use for one in settings.source}  # somebody answers for what they send, too
    for key, chosen, named in (
        ("by_job", settings.jobs.by_job, known | sources),
        ("every", settings.jobs.every, known),
    ):
        problems += [
            f"[jobs.{key}]: there is no job {name!r}.{suggestion(name, named)}"
            for name in chosen
            if name not in named
        ]
    if problems:
        raise ConfigError(problems, where=str(settings.file))
    return tuple(replace(job, every=settings.jobs.interval(job.name, job.every)) for job in jobs)
