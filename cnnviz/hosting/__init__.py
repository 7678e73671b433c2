"""What a public server needs round the app: who is there, how much each may do, and whether it is ready."""
