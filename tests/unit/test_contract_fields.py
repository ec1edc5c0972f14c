"""The fields of a message as the page of the contract shows them."""

from ektp.contracts.fields import Field, of
from ektp.contracts.schemas import messages, model_schema


def test_fields_are_named_with_what_they_may_be() -> None:
    """Nested ones with a dot, of a list with brackets; values, bounds, and whether they are always there."""
    found = {field.name: field for field in of(model_schema("notices", "application-printed"))}
    assert found["office"] == Field("office", r"string, like ^[0-9]{2}\.[0-9]{2}(\.[0-9]{2})?$", required=True)
    assert found["attempt"] == Field("attempt", "integer, from 0", required=True)
    assert found["due"] == Field("due", "date-time or null", required=False)
    assert found["resident.bring"].may_be == "list of resi, suket, kk"
    assert found["resident.text.id"].required
    assert found["whose_move"].may_be.startswith("station, centre, ")


def test_every_message_has_fields() -> None:
    """None is left out, whatever its shape."""
    for family, name in messages():
        assert of(model_schema(family, name)), (family, name)
