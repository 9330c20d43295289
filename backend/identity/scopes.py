"""What a citizen may do with their own account."""

from datetime import timedelta

from backend.kernel import Scope, everything, owner, ward_of

READ = Scope(name="identity:read", rule=owner("person_id"))

WARDS = Scope(name="identity:wards", rule=ward_of("person_id"), ial=2)

PAPERS = Scope(name="identity:papers", rule=owner("person_id"), ial=2)

PHONE = Scope(name="identity:phone", rule=owner("person_id"), acr="aal2")

PRIVACY = Scope(
    name="identity:privacy",
    kinds=frozenset({"staff"}),
    roles=frozenset({"privacy"}),
    rule=everything(),
    acr="aal2",
    max_age=timedelta(minutes=5),
)

WRITE = Scope(name="identity:write", rule=owner("person_id"))

OVERSEE = Scope(
    name="identity:oversee",
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    rule=everything(),
    acr="aal2",
)

ADMINISTER = Scope(
    name="identity:administer",
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    rule=everything(),
    acr="aal2",
    max_age=timedelta(minutes=5),
)
