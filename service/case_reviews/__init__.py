"""Quality review of case files (案卷评查): closed files are drawn, scored by two, and corrected.

The work plan asks for enforcement that is sound, lawful in form and effective (科学性、规范性、
实效性, item A26).  The basis is the appraisal of enforcement (行政执法评议、考核) of 行政处罚法
(2021) art. 75 and the file of the whole process of art. 47.  Neither fines nor the number of cases
is looked at (art. 74): what is scored is how a file was made.
"""
