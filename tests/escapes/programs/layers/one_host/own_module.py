# Code in a file of the vessel, which is imported.
import helper

helper.send(PORT)
