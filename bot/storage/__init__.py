"""The durable record: tables, the database they live in, and the case log over them."""
