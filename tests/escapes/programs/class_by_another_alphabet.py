# Python reads these letters as the plain ones.
print(().__𝖈lass__)
