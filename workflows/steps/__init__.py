"""The steps: what needs an answer, patience, or a system that is not on RabbitMQ."""
