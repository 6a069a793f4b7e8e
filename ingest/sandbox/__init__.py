"""Reading untrusted files in processes with limited memory, time, files and no network."""
