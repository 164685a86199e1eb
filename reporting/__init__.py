"""Reports: the area's place in the house; its imports point down like everybody's, and it makes no instructions."""
