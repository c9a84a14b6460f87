"""Taking the reads that other systems send: a small web server, which stores before it answers; or fetching them.

What it does is done as ``system:<source>``, on the authority of the person whom ``[jobs]`` names. The web server's
packages are the extra ``webhooks``, imported when it is started.
"""

from __future__ import annotations

from alpr_core.receiving.listeners import Listeners
from alpr_core.receiving.receiver import Receiver, Sender, senders_of

__all__ = ["Listeners", "Receiver", "Sender", "senders_of"]
