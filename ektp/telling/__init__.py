"""How a person is told: over e-mail, chat or a webhook, by Apprise."""
