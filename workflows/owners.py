"""Who answers for an application that a person has to decide on."""

from workflows.deadlines import Policy

_REGENCY, _PROVINCE = 5, 2  # characters of an office's code


def owner(office: str, escalated: int, policy: Policy) -> str:
    """Return who has to decide: the office's reviewer, after each escalation the next one above.

    Above the reviewer is the superior, or whoever reviews for the regency; above everybody, the province's.
    """
    ladder = [policy.reviewer or f"reviewer of {office}"]
    above = [f"reviewer of {office[:length]}" for length in (_REGENCY, _PROVINCE) if len(office) > length]
    if policy.superior:
        above[:1] = [policy.superior]
    ladder += above
    return ladder[min(escalated, len(ladder) - 1)]
