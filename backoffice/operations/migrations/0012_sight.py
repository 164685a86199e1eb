"""What was seen is kept with each vote, and people may write comments."""

import hashlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A vote that was given before sights were kept has none to show; it says so, and what waits for more votes goes on.
NOT_KEPT = '{"form":"0"}'


def say_that_none_was_kept(apps, schema_editor):
    Decision, Sight = apps.get_model("operations", "Decision"), apps.get_model("operations", "Sight")
    waiting = Decision.objects.filter(operation__state="awaiting_approval").values_list("pk", flat=True)
    digest = hashlib.sha256(NOT_KEPT.encode()).hexdigest()
    Sight.objects.bulk_create(Sight(decision_id=pk, text=NOT_KEPT, digest=digest) for pk in waiting)


class Migration(migrations.Migration):

    dependencies = [
        ('operations', "0011_fewer_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Sight',
            fields=[
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='sight', serialize=False, to='operations.decision')),
                ('text', models.TextField()),
                ('digest', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('person', models.UUIDField()),
                ('text', models.TextField(max_length=1000)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('operation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='operations.operation')),
            ],
            options={
                'ordering': ['at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='comment_says_something')],
            },
        ),
        migrations.RunPython(say_that_none_was_kept, migrations.RunPython.noop),
    ]
