from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="heartbeat",
            name="ended_at",
            field=models.DateTimeField(help_text="when it ended in good order; else none", null=True),
        ),
    ]
