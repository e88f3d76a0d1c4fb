"""The layers around a back end."""
