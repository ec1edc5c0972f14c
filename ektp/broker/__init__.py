"""The broker's side: RabbitMQ through kombu, and pika at the edge."""
