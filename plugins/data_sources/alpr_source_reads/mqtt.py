"""A subscription at an MQTT broker that loses nothing: a message is acknowledged once its reads are stored.

MQTT 3.1.1 with a session that the broker keeps (clean session off, QoS 1): what comes while nobody listens, and what
was delivered and not acknowledged, is delivered again (OASIS MQTT 3.1.1, 4.1 and 4.3.2).
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from threading import Event
from typing import Any

from alpr_core import AlprError, ConfigError, PluginError
from alpr_source_reads.options import Broker

try:
    from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
    from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode
except ModuleNotFoundError as error:
    raise PluginError("MQTT needs its client. Run: pip install 'alpr-core[mqtt]'") from error

logger = logging.getLogger(__name__)

KEEP_ALIVE = 60
"""Seconds after which either side of a silent connection asks whether the other is there."""

MOMENT = 0.5
"""Seconds for which the network is waited for at a time."""

STAYS = "what it delivers stays there"

PAUSES = (1.0, 60.0)
"""Seconds before a broker is tried again: at first, doubled each time, and at most."""


class Subscription:
    """One topic of one broker.

    Args:
        broker: where it is.
        topic: which.

    Raises:
        ConfigError: its password, or the certificates to trust, cannot be read.
    """

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._topic = topic
        self._password = broker.password.read() if broker.password is not None else None
        self._tls: ssl.SSLContext | None = None
        if broker.is_encrypted:
            try:
                self._tls = ssl.create_default_context(cafile=broker.ca)
            except (OSError, ssl.SSLError) as error:
                why = error.strerror or "it holds no certificate"
                raise ConfigError(
                    [f"{broker.ca} cannot be used: {why}"], where="[source.options.broker] ca"
                ) from error
        self._said = ""

    def listen(self, take: Callable[[bytes], None], stop: Event) -> None:
        """Hand over what comes, until told to stop; as `alpr_core.SubscribingSource` says."""
        pause, most = PAUSES
        while not stop.is_set():
            connection = _Connection(self._broker, self._topic, self._password, self._tls, take)
            why = connection.run(stop, self._greet)
            if connection.took_any:
                pause, self._said = PAUSES[0], ""
            if why:
                self._say(why)
                stop.wait(pause)
                pause = min(2 * pause, most)

    def _greet(self) -> None:
        """Log that it works; not each time that what it delivers cannot be stored."""
        if not self._said.startswith(STAYS):
            self._said = ""
            logger.info("the broker %s delivers what comes on %s", self._broker.url, self._topic)

    def _say(self, why: str) -> None:
        """Log why nothing comes, once: it may be so all night."""
        if why != self._said:
            self._said = why
            logger.warning("the broker %s: %s; it is tried again until it works", self._broker.url, why)


class _Connection:
    """One connection, from its beginning to its end.

    Attributes:
        took_any: whether a message was taken.
    """

    def __init__(
        self,
        broker: Broker,
        topic: str,
        password: str | None,
        tls: ssl.SSLContext | None,
        take: Callable[[bytes], None],
    ) -> None:
        self.took_any = False
        self._address = broker.address
        self._topic = topic
        self._take = take
        self._why = ""
        self._delivers: Callable[[], None] = lambda: None
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.name,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        if broker.username:
            self._client.username_pw_set(broker.username, password)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def run(self, stop: Event, delivers: Callable[[], None]) -> str:
        """Keep the connection until told to stop, and return why it ended before; "" if it did not.

        Args:
            stop: set by whoever wants it to end.
            delivers: called once the broker has accepted the subscription.
        """
        self._delivers = delivers
        try:
            self._client.connect(*self._address, keepalive=KEEP_ALIVE)
            while not stop.is_set() and not self._why:
                ended = self._client.loop(MOMENT)
                if ended != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    return self._why or "the connection has ended"
        except ssl.SSLError as error:
            return f"no TLS with it: {getattr(error, 'verify_message', '') or error.reason}"
        except OSError as error:
            return f"it cannot be reached: {error.strerror or type(error).__name__}"
        finally:
            self._end()
        return self._why

    def _end(self) -> None:
        """Say goodbye and hang up: what was not acknowledged stays with the broker, for the next connection."""
        if (open_socket := self._client.socket()) is not None:
            self._client.disconnect()
            open_socket.close()

    def _on_connect(
        self,
        client: Client,
        _data: Any,
        _flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._why = f"it refuses: {code}"
        else:
            client.subscribe(self._topic, qos=1)

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            self._why = f"it lets nobody of this name see {self._topic}"
        else:
            self._delivers()

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        if self._why:
            return  # one before it could not be stored: this one comes again as well, behind it
        try:
            self._take(bytes(message.payload))
        except AlprError as error:
            self._why = f"{STAYS}: {error.message}"
            return
        self.took_any = True
        client.ack(message.mid, message.qos)
