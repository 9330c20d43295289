"""Columns that several statements read."""

from typing import Final

STORED: Final = """
           procedure.no as procedure_no, procedure.id as procedure_id, procedure.code,
           procedure.base_code, procedure.abolished_on, procedure.successors, version.id,
           version.revision, version.valid_from, version.valid_to,
           decision.number as decision_number, decision.agency as decision_agency,
           decision.effective_on as decision_effective_on,
           version.title, version.levels, version.kind, version.field_code, version.field_name,
           version.audiences, version.online_level, version.channels, version.free,
           version.portal_url, version.body
      from public_services.procedure
      join public_services.procedure_version as version on version.procedure_no = procedure.no
      join public_services.publishing_decision as decision on decision.id = version.decision_id
"""
"""A version with its procedure and its decision, and where they come from."""
