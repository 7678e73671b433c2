"""Rooms: a class that follows its lecturer, and answers questions.

`base` has what a room is and what a store of rooms does; `memory_store` keeps them in this process,
`redis_store` where several replicas find them. `tries` counts who tries codes,
`socket` talks to the browsers.
"""
