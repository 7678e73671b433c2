"""Rooms: a class that follows its lecturer, and answers questions.

`base` defines rooms and the interface of a store of rooms; `memory_store` keeps them in this process,
`redis_store` where several replicas find them. `tries` counts who tries codes,
`socket` talks to the browsers.
"""
