"""How long things may take, and how much one may send.

No law names these figures; the published practice of Huế does.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

Days = Annotated[int, Meta(ge=1, le=90)]
Most = Annotated[int, Meta(ge=1)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of the desk and of the agencies, in working days unless said otherwise."""

    triage_days: Annotated[
        Days, Meta(description="Working days in which the desk gives a report to somebody.")
    ] = 1
    priority_days: Annotated[
        Days, Meta(description="Working days for handling a report of class `priority`.")
    ] = 3
    normal_days: Annotated[
        Days, Meta(description="Working days for handling a report of class `normal`.")
    ] = 7
    complex_days: Annotated[
        Days,
        Meta(
            description="Working days for handling a report of class `complex`, and the most that"
            " any class reaches by extensions."
        ),
    ] = 17
    claim_idle_minutes: Annotated[
        int,
        Meta(ge=5, le=480, description="Minutes without a sign after which a claim is released."),
    ] = 30
    acceptance_days: Annotated[
        Days, Meta(description="Working days in which an agency accepts what it was given.")
    ] = 1
    decision_days: Annotated[
        Days,
        Meta(
            description="Working days in which the desk decides on a reopening; then it is granted."
        ),
    ] = 3
    rating_days: Annotated[
        Days, Meta(description="Days in which a finished report may be rated and reopened.")
    ] = 15
    marks_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            description="Days after the end for marks of device and address, and for the originals"
            " of photos, which say where and with which phone they were taken.",
        ),
    ] = 90
    reporter_days: Annotated[
        int, Meta(ge=1, le=3650, description="Days after the end for knowing who reported.")
    ] = 365
    words_days: Annotated[
        int, Meta(ge=1, le=7300, description="Days after the end for words and photos.")
    ] = 1826
    answer_days: Annotated[
        Days, Meta(description="Working days that a question waits for its reporter's answer.")
    ] = 5
    urgent_hours: Annotated[
        int, Meta(ge=1, le=720, description="Hours for handling a report of class `urgent`.")
    ] = 24
    urgent_triage_minutes: Annotated[
        int,
        Meta(ge=1, le=1440, description="Minutes in which the desk passes on an `urgent` report."),
    ] = 30
    account_hourly: Annotated[Most, Meta(description="Reports of one account in an hour.")] = 10
    account_daily: Annotated[Most, Meta(description="Reports of one account in a day.")] = 30
    device_hourly: Annotated[
        Most, Meta(description="Reports of one device without an account in an hour.")
    ] = 3
    device_daily: Annotated[
        Most, Meta(description="Reports of one device without an account in a day.")
    ] = 10
    address_hourly: Annotated[
        Most, Meta(description="Reports without an account from one address in an hour.")
    ] = 30
    shared_address_hourly: Annotated[
        Most,
        Meta(
            description="The same from an address of TINHS_IDENTITY_CARRIER_NETWORKS, behind which"
            " thousands are."
        ),
    ] = 300
    jurisdiction: Annotated[
        str, Meta(description="Our `jurisdiction_id` in Open311; the host's name when empty.")
    ] = ""
    open311_contact: Annotated[
        str, Meta(description="Where operators of Open311 programs ask for a key.")
    ] = ""
