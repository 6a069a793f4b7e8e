"""Pictures and other files of the city, stored by the hash of their content, with their states and decisions.

Files are outside the database, in `content/` of the media folder, and outside the runs that index them: a run that
fails or is rolled back leaves them. Nothing outside this room names a file by its hash; visitors get keys.
"""
