"""What questions the layers: studies as pure functions, the runner that reads and writes for them."""
