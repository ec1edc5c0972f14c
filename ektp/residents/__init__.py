"""Messages to residents: texts, gateways, and the only place where a contact is opened."""
