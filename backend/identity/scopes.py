"""What a citizen may do with their own account."""

from backend.kernel import Scope, owner

READ = Scope(name="identity:read", rule=owner("person_id"))

WRITE = Scope(name="identity:write", rule=owner("person_id"))
