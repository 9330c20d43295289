"""What people are told: an inbox for everybody, and e-mail, push and SMS for those who want."""

from backend.kernel import Module
from contracts.identity import SmsSender
from contracts.notifications import ChannelSender, NotificationKinds, Notifier
from contracts.personal_data import People, PersonalData, Vault
from modules.notifications.handlers.inbox import count_unread, list_inbox, note_readings
from modules.notifications.handlers.preferences import (
    add_app,
    add_device,
    list_devices,
    read_preferences,
    remove_device,
    replace_preferences,
)
from modules.notifications.handlers.templates import list_templates, replace_template
from modules.notifications.jobs import CARRY, DISPATCH, FORGET
from modules.notifications.personal_data import Personal
from modules.notifications.scopes import CONFIGURE, OWN, READ
from modules.notifications.service.telling import Telling
from modules.notifications.settings import Settings

module = Module(
    name="notifications",
    package=__name__,
    routes=(
        list_inbox,
        count_unread,
        note_readings,
        read_preferences,
        replace_preferences,
        list_devices,
        add_device,
        add_app,
        remove_device,
        list_templates,
        replace_template,
    ),
    scopes=(READ, OWN, CONFIGURE),
    jobs=(DISPATCH, CARRY, FORGET),
    settings=Settings,
    provides={Notifier: Telling, PersonalData: Personal},
    requires=(NotificationKinds, SmsSender, ChannelSender, Vault, People),
)
