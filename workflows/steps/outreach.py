"""The step that plans outreach: visits are proposed, and promised where an office has said so."""

from workflows.ports import VisitPlans
from workflows.steps.step import Done


def plan_visits(visits: VisitPlans) -> Done:
    """Plan the visits of every office whose hour has come."""
    return Done(events=tuple(visits.plan()))
