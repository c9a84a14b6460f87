"""What a node does by itself: its jobs, which process leads them, and the daemon around that.

Only ``alpr-core run`` runs jobs. Of all processes that share a database one leads, by a lease; the command line asks
it through the database.
"""

from __future__ import annotations

from alpr_core.scheduler.daemon import Daemon, Ended
from alpr_core.scheduler.job import Job
from alpr_core.scheduler.leader import Leader
from alpr_core.scheduler.listed import jobs_of

__all__ = ["Daemon", "Ended", "Job", "Leader", "jobs_of"]
