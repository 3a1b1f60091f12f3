"""Who people and apps are, and the protocol, over the application as it is assembled."""
