"""The operators' room: what people see and do in a browser, a module for each page."""
