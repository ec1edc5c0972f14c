"""Who owns an application that a person has to decide about."""

from workflows.deadlines import Policy


def owner(office: str, escalated: int, policy: Policy) -> str:
    """Return the reviewer of the office; after each escalation whoever stands above, up to the province."""
    if escalated == 0:
        return policy.reviewer or f"reviewer of {office}"
    if escalated == 1 and policy.superior:
        return policy.superior
    above = office
    for _ in range(escalated):
        above = above.rpartition(".")[0] or above
    return f"reviewer of {above}"
