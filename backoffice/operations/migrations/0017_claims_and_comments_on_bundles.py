import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('operations', '0016_delegation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # A claim lives for two minutes: none is worth being carried over.
        migrations.DeleteModel(name='Claim'),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('on', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AlterField(
            model_name='comment',
            name='operation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='operations.operation'),
        ),
        migrations.AddField(
            model_name='comment',
            name='bundle',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='operations.bundle'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bundle__isnull', True), ('operation__isnull', False)), models.Q(('bundle__isnull', False), ('operation__isnull', True)), _connector='OR'), name='comment_on_one_thing'),
        ),
    ]
