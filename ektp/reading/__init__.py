"""The read models: questions to the store, each answered from one snapshot."""
