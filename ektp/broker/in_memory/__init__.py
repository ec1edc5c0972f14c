"""RabbitMQ's rules without its server: routing, queues, deliveries and acknowledgements in the memory of a process."""
