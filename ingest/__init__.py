"""What fills the city's layers: readers, sources and the one pipeline that carries records to the store."""
