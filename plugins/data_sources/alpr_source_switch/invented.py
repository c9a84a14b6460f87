"""What the simulator says: vehicles and answers that are invented, and follow from a seed and from what is asked.

Every text begins with a line that says so. Owners are numbers, VINs begin with SIM, which no real one can.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from alpr_core import plates
from alpr_source_switch.message import MARK, Message
from alpr_source_switch.profile import Profile
from alpr_source_switch.questions import EVERYWHERE

_CARS = (("FORD", "FOC"), ("TOYT", "CAM"), ("HOND", "CIV"), ("CHEV", "MAL"), ("SUBA", "OUT"))
_COLOURS = ("BLK", "WHI", "SIL", "BLU", "RED")
_WANTED = ("STOLEN VEHICLE", "STOLEN LICENSE PLATE", "FELONY VEHICLE")
_STATES = ("CA", "ID", "MA", "MO", "NV", "OH", "OR", "WA")
_REGISTERED, _IS_WANTED, _AT_ONCE = 0.8, 0.25, 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Vehicle:
    """One vehicle that does not exist.

    Attributes:
        plate: in normal form.
        state: that has registered it.
        vin: of it.
        make: NCIC code.
        model: NCIC code.
        year: model year.
        colour: NCIC code.
        owner: a number, as a name.
        registered: whether there is a record of it.
        wanted: as what it is listed, "" if it is not.
        nic: the number of that listing.
        confirms: whether who has listed it confirms that at once, or needs an hour.
    """

    plate: str
    state: str
    vin: str
    make: str
    model: str
    year: str
    colour: str
    owner: str
    registered: bool
    wanted: str
    nic: str
    confirms: bool


def vehicle(seed: int, asked: str, *, state: str, vin: bool = False) -> Vehicle:
    """Return the vehicle with this plate, or with this VIN: always the same one for a seed."""
    chance = random.Random(f"{seed}/{asked}")  # noqa: S311  inventions, no secrets
    make, model = chance.choice(_CARS)
    number = chance.randrange(10**9)
    wanted = chance.choice(_WANTED) if chance.random() < _IS_WANTED else ""
    return Vehicle(
        plate=f"SIM{number % 1000:03d}" if vin else asked,
        state=state,
        vin=asked if vin else f"SIM{number:014d}",
        make=make,
        model=model,
        year=str(2005 + number % 20),
        colour=chance.choice(_COLOURS),
        owner=f"SIMULATED PERSON {number % 10000:04d}",
        registered=chance.random() < _REGISTERED,
        wanted=wanted,
        nic=f"V{number:09d}",
        confirms=chance.random() < _AT_ONCE,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Inventor:
    """Answers queries as a profile's system might.

    Attributes:
        profile: of the system.
        keys: what of the profile's unknowns is set, as in the source's options.
        seed: what everything follows from.
    """

    profile: Profile
    keys: Mapping[str, str]
    seed: int

    def reply(self, query: Message) -> Message:
        """Return the reply to one query."""
        fields = dict(query.fields)
        asked = fields.get("LIC") or fields.get("VIN", "")
        state = query.destination if len(query.destination) == 2 else self.profile.system.state
        found = vehicle(self.seed, asked, state=state, vin="LIC" not in fields)
        own = {key: name for name, key in self.keys.items()}
        what = own.get(query.key, query.key)
        if what in ("RQ", "registration"):
            return _reply(query, "RR" if what == "RQ" else query.key, self._registration(found, asked, query))
        if what in ("RPQ", "partial"):
            return _reply(query, "RPR" if query.key == "RPQ" else query.key, self._partial(asked, state))
        if what in ("QV", "state_file"):
            return _reply(query, query.key, self._file(found, asked))
        if what == "YQ":
            return _reply(query, "YR", _confirmation(found, fields))
        return self.refused(query, "MESSAGE KEY IS NOT KNOWN HERE")

    def refused(self, query: Message, reason: str) -> Message:
        """Return the reply that refuses a query."""
        return _reply(query, self.profile.rejected, f"REJECTED {query.key}: {reason}")

    def down(self, query: Message) -> Message:
        """Return the reply that says that whoever should answer is out of service, in Nlets' words."""
        return _reply(
            query, "SM", f".04. USER OUT OF SERVICE FOR MSG TYPE {query.key}, NLETS WILL NOT FORWARD"
        )

    def samples(self) -> list[str]:
        """Return a line for each kind of vehicle, with a plate that it can be asked for."""
        state = self.profile.system.state
        cars = [vehicle(self.seed, f"SIM{number:03d}", state=state) for number in range(1000)]
        kinds = {
            "registered": lambda car: car.registered and not car.wanted,
            "listed, and confirmed": lambda car: car.registered and car.wanted and car.confirms,
            "listed, to be confirmed later": lambda car: car.wanted and not car.confirms,
            "without a record": lambda car: not car.registered and not car.wanted,
        }
        found = {says: next(filter(fits, cars), None) for says, fits in kinds.items()}
        return [f"  {car.plate}  {says}" for says, car in found.items() if car is not None]

    def _registration(self, found: Vehicle, asked: str, query: Message) -> str:
        none = f"{self.profile.no_record[0]} {asked}"
        if query.destination != EVERYWHERE:
            return _record(found) if found.registered else none
        chance = random.Random(f"{self.seed}/{asked}/states")  # noqa: S311
        hits = chance.sample(_STATES, k=int(found.registered))
        silent = chance.sample(sorted({*_STATES} - {*hits}), k=1)
        others = sorted({*_STATES} - {*hits} - {*silent})
        records = [f"{state}:\n{_record(found)}" for state in hits] or [none]
        summary = [
            f"STATES WITH A RECORD: {' '.join(hits) or '-'}",
            f"STATES WITHOUT: {' '.join(others)}",
            f"STATES THAT DID NOT ANSWER: {' '.join(silent)}",
        ]
        return "\n".join([*records, *summary])

    def _partial(self, asked: str, state: str) -> str:
        chance = random.Random(f"{self.seed}/{asked}/partial")  # noqa: S311
        spelled = (
            "".join(
                chance.choice(plates.ALPHABET) if one == "?" else one
                for one in asked.replace("*", "?" * chance.randrange(3))
            )
            for _ in range(6)
        )
        cars = [vehicle(self.seed, plate[:10], state=state) for plate in sorted(set(spelled))]
        lines = [
            f"LIC/{car.plate}.VMA/{car.make}.VYR/{car.year}.VCO/{car.colour}"
            for car in cars
            if car.registered
        ]
        return "\n".join(lines or [f"{self.profile.no_record[0]} {asked}"])

    def _file(self, found: Vehicle, asked: str) -> str:
        if not found.wanted:
            return f"{self.profile.no_record[0]} {asked}"
        return (
            f"MKE/{found.wanted}\nORI/{self.profile.system.state}SIM0000 LIC/{found.plate} LIS/{found.state} "
            f"VIN/{found.vin}\nNIC/{found.nic} OCA/SIM{found.nic[-4:]}"
        )


def _record(car: Vehicle) -> str:
    return (
        f"LIC/{car.plate}.LIY/2027.LIT/PC\n"
        f"VIN/{car.vin}.VMA/{car.make}.VMO/{car.model}.VYR/{car.year}.VCO/{car.colour}\nOWNER {car.owner}"
    )


def _confirmation(found: Vehicle, fields: Mapping[str, str]) -> str:
    at_once = found.confirms or fields.get("RNO") != "1"  # asked again, it is confirmed
    says = ("CON/Y" if at_once else "CON/P.HRS/1") if found.wanted else "CON/N"
    kept = ".".join(
        f"{name}/{fields[name]}" for name in ("RTY", "RNO", "PRI", "OCA", "NIC") if name in fields
    )
    return f"{kept}.{says}"


def _reply(query: Message, key: str, text: str) -> Message:
    return Message(
        key=key,
        origin=query.destination,
        destination=query.origin,
        control=query.control,
        text=f"{MARK}\n{text}",
    )
