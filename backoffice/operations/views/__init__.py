"""The desk's pages, in three rooms: asking for an instruction, looking at operations, acting on one."""
