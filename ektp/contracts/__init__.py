"""The contract as files for others: JSON Schemas, AsyncAPI, the broker's definitions, the reasons."""
